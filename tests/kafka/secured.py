"""A broker that denies what nobody has allowed, and users with the rights of a hub's parts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from confluent_kafka.admin import (
    AclBinding,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)

from tracehub.app import Right
from tracehub.testing.kafka import Cluster, cluster

ADMIN = "admin"
_LOGIN = "org.apache.kafka.common.security"
_SCRAM = f'{_LOGIN}.scram.ScramLoginModule required username="{ADMIN}" password="{ADMIN}-secret";'
_PLAIN = (
    f'{_LOGIN}.plain.PlainLoginModule required username="node" password="node-secret" '
    'user_node="node-secret";'
)
_EXTRA = (
    "listener.security.protocol.map=CLIENT:SASL_PLAINTEXT,CONTROLLER:SASL_PLAINTEXT",
    "sasl.enabled.mechanisms=SCRAM-SHA-512",
    "sasl.mechanism.inter.broker.protocol=SCRAM-SHA-512",
    "sasl.mechanism.controller.protocol=PLAIN",
    f"listener.name.client.scram-sha-512.sasl.jaas.config={_SCRAM}",
    "listener.name.controller.sasl.enabled.mechanisms=PLAIN",
    f"listener.name.controller.plain.sasl.jaas.config={_PLAIN}",
    "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer",
    "allow.everyone.if.no.acl.found=false",
    f"super.users=User:{ADMIN};User:node",
)


def secret_of(user: str) -> str:
    """The password of a user of these tests."""
    return f"{user}-secret"


@contextmanager
def secured() -> Iterator[Cluster]:
    """A broker with SCRAM-SHA-512, on which nothing is allowed to anybody but its administrator."""
    first = f"SCRAM-SHA-512=[name={ADMIN},password={secret_of(ADMIN)}]"
    with cluster(1, extra=_EXTRA, formatted=("--add-scram", first)) as running:
        yield running


def login(running: Cluster, user: str) -> dict[str, Any]:
    """How librdkafka reaches the broker as a user."""
    return {
        "bootstrap.servers": ",".join(running.servers),
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": user,
        "sasl.password": secret_of(user),
        "log_level": 0,
    }


def section(running: Cluster, user: str) -> dict[str, Any]:
    """The `bus` section of a hub's settings whose process is this user."""
    return {
        "engine": "kafka",
        "servers": list(running.servers),
        "partitions": 2,
        "replication": 1,
        "min_insync": 1,
        "security": "SASL_PLAINTEXT",
        "username": user,
        "password": {"env": password_variable(user)},
    }


def password_variable(user: str) -> str:
    """The environment variable that holds a user's password."""
    return "PASSWORD_" + user.upper().replace(".", "_").replace("-", "_")


def admit(running: Cluster, held: Mapping[str, Iterable[Right]]) -> None:
    """Make a user of each principal and allow what it is said to need, literally."""
    admin = AdminClient(login(running, ADMIN))
    how = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096)
    made = admin.alter_user_scram_credentials(
        [UserScramCredentialUpsertion(user, how, secret_of(user).encode()) for user in held]
    )
    allowed = admin.create_acls(
        [acl for user, found in held.items() for right in found for acl in _acls(user, right)]
    )
    for each in (*made.values(), *allowed.values()):
        each.result(30)


def allow_transactions(running: Cluster, user: str) -> None:
    """Let a user have transactions under its own name."""
    of, literal = ResourceType.TRANSACTIONAL_ID, ResourcePatternType.LITERAL
    wanted = AclBinding(
        of, user, literal, f"User:{user}", "*", AclOperation.WRITE, AclPermissionType.ALLOW
    )
    admin = AdminClient(login(running, ADMIN))
    for each in admin.create_acls([wanted]).values():
        each.result(30)


def _acls(user: str, right: Right) -> Iterator[AclBinding]:
    kind = ResourceType.TOPIC if right.kind == "topic" else ResourceType.GROUP
    pattern = ResourcePatternType.PREFIXED if right.prefixed else ResourcePatternType.LITERAL
    for each in right.operations:
        operation = AclOperation[each.upper()]
        yield AclBinding(
            kind, right.name, pattern, f"User:{user}", "*", operation, AclPermissionType.ALLOW
        )
