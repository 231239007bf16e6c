"""Makes a database ready for the four services: schemas, a role for each, tables, and the first key."""

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

import asyncpg

from dutyclock.services import AUDITOR, PROCESSES, PROJECT, SERVICES
from shared.postgres import migrate

ACCESS_SCHEMA = "access"


async def provision(
    database_url: str, role_passwords: Mapping[str, str], *, role_prefix: str | None = None
) -> dict[str, str]:
    """Bring the database to the present state and return each service's own address, by service.

    May be repeated at any time, and carried out by two at once. A service's role reads and writes the tables
    of its own schema and reads the keys in `access`; it owns nothing, empties nothing, and writes to its
    audit trail by what it does alone. Where the account of `database_url` may not create roles, as on many a
    hosted database, all services are given `database_url` itself. Roles are named after the database, or
    `role_prefix`."""
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute("SELECT pg_advisory_lock(hashtext('dutyclock-provision'))")
        for schema in (ACCESS_SCHEMA, *SERVICES):
            await connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{schema}"')
        roles = await _ensure_roles(connection, role_passwords, role_prefix)
        await _apply_migrations(database_url)
        for service, role in roles.items():
            await connection.execute(_reader(role) if service == AUDITOR else _grants(service, role))
    finally:
        await connection.close()
    return {
        service: _address(database_url, roles[service], role_passwords[service])
        if service in roles
        else database_url
        for service in PROCESSES
    }


def role_name(database: str, service: str) -> str:
    """The role of a service; roles belong to the whole cluster, so the database's name is part of it."""
    return f"{re.sub(r'[^a-z0-9_]', '_', database.lower())[:40]}_{service}"


async def _ensure_roles(
    connection: "asyncpg.Connection[asyncpg.Record]", passwords: Mapping[str, str], prefix: str | None
) -> dict[str, str]:
    database = prefix or str(await connection.fetchval("SELECT current_database()"))
    roles = {service: role_name(database, service) for service in PROCESSES}
    try:
        async with connection.transaction():
            for service, role in roles.items():
                password = passwords[service].replace("'", "''")
                known = await connection.fetchval("SELECT true FROM pg_roles WHERE rolname = $1", role)
                verb = "ALTER" if known else "CREATE"
                await connection.execute(f"{verb} ROLE \"{role}\" LOGIN PASSWORD '{password}'")
    except asyncpg.InsufficientPrivilegeError:
        return {}
    return roles


async def _apply_migrations(database_url: str) -> None:
    """One after the other: they wait for each other anyway (a lock), and the first failure names its file."""
    shared, services = PROJECT / "shared" / "migrations", PROJECT / "services"
    places = [(ACCESS_SCHEMA, shared / "audit"), (ACCESS_SCHEMA, shared / "access")]
    for service in SERVICES:
        own = services / service / "migrations"
        places += [(service, folder) for folder in (shared / "audit", shared / "service", own)]
    for schema, folder in places:
        if any(folder.glob("*.sql")):
            await migrate(database_url, schema, folder)


def _grants(service: str, role: str) -> str:
    return f"""
        GRANT USAGE ON SCHEMA "{service}", "{ACCESS_SCHEMA}" TO "{role}";
        GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA "{service}" TO "{role}";
        GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA "{service}" TO "{role}";
        GRANT EXECUTE ON ALL ROUTINES IN SCHEMA "{service}" TO "{role}";
        REVOKE TRUNCATE ON ALL TABLES IN SCHEMA "{service}" FROM "{role}";
        REVOKE INSERT, UPDATE, DELETE ON "{service}".audit, "{service}".audit_head FROM "{role}";
        REVOKE EXECUTE ON FUNCTION "{service}".append_audit(jsonb) FROM "{role}";
        GRANT SELECT ON "{ACCESS_SCHEMA}".api_key TO "{role}";
        REVOKE SELECT ON "{ACCESS_SCHEMA}".audit, "{ACCESS_SCHEMA}".audit_head FROM "{role}";
        GRANT EXECUTE ON FUNCTION "{ACCESS_SCHEMA}".note_key_use(text, timestamptz) TO "{role}";
        GRANT SELECT ON public._pogo_migration TO "{role}";
    """  # noqa: S608  # names of our own


def _reader(role: str) -> str:
    """The auditor's rights: it reads everything and writes nothing."""
    schemas = ", ".join(f'"{schema}"' for schema in (*SERVICES, ACCESS_SCHEMA))
    return f"""
        GRANT USAGE ON SCHEMA {schemas} TO "{role}";
        GRANT SELECT ON ALL TABLES IN SCHEMA {schemas} TO "{role}";
        GRANT EXECUTE ON FUNCTION "{ACCESS_SCHEMA}".note_key_use(text, timestamptz) TO "{role}";
    """


def _address(database_url: str, user: str, password: str) -> str:
    """`database_url` with another account."""
    parts = urlsplit(database_url)
    place = parts.netloc.rpartition("@")[2]
    query = urlencode(
        [(name, value) for name, value in parse_qsl(parts.query) if name not in ("user", "password")]
    )
    return urlunsplit(parts._replace(netloc=f"{quote(user)}:{quote(password, safe='')}@{place}", query=query))
