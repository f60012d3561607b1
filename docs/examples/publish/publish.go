// Publish one EPCIS document through the gateway, with Go's standard library alone:
// TRACEHUB_API_KEY=... go run publish.go http://localhost:9465 FILE
package main

import (
	"bytes"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"strconv"
	"time"
)

func main() {
	document, err := os.ReadFile(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	for {
		request, err := http.NewRequest("POST", os.Args[1]+"/capture", bytes.NewReader(document))
		if err != nil {
			log.Fatal(err)
		}
		request.Header.Set("X-API-Key", os.Getenv("TRACEHUB_API_KEY"))
		request.Header.Set("Content-Type", "application/json")
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			log.Print(err) // no answer: the same document again is no second record
			time.Sleep(time.Second)
			continue
		}
		said, _ := io.ReadAll(answer.Body)
		answer.Body.Close()
		switch answer.StatusCode {
		case http.StatusAccepted:
			fmt.Println(answer.Header.Get("Location"))
			return
		case http.StatusTooManyRequests, http.StatusServiceUnavailable: // the log does not keep up
			after, _ := strconv.Atoi(answer.Header.Get("Retry-After"))
			time.Sleep(time.Duration(after) * time.Second)
		default:
			log.Fatalf("%s: %s", answer.Status, said)
		}
	}
}
