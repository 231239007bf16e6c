# A stand-in for the image caddy where it cannot be pulled: the same program from Debian, with wget for the health check.
FROM debian:bookworm-slim
RUN apt-get update -qq \
 && apt-get install -y -qq --no-install-recommends caddy busybox >/dev/null \
 && rm -rf /var/lib/apt/lists/* \
 && ln -s "$(command -v busybox)" /usr/local/bin/wget
CMD ["caddy", "version"]
