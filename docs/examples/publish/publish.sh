#!/bin/sh
# Publish one EPCIS document: publish.sh SERVERS TOPIC KEY FILE
# The key keeps the records of one product in order: its code, or that of its batch.
exec kcat -b "$1" -P -t "$2" -k "$3" -X acks=all -X enable.idempotence=true \
  -X partitioner=murmur2_random "$4"
