# The service as an image: nginx, the module, and what both need to run.
#
#   docker build -t inventory .
#   docker run --read-only --tmpfs /tmp -p 8080:8080 \
#       -e MONGO_URI=mongodb://... -e REDIS_URL=redis://... inventory
#
# Debian's trixie, the current stable: its hiredis knows TLS (rediss://), which
# bookworm's does not, and its nginx is two years younger than that one's.
# Both stages are of one release, because a module is made for one nginx.

ARG DEBIAN=debian:trixie-slim


FROM ${DEBIAN} AS build

WORKDIR /src
COPY tools/packages.sh tools/
# No versions: the archive keeps only the newest, with its security fixes.
# hadolint ignore=DL3008,SC2046
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        $(. tools/packages.sh && packages_of build) \
    && rm -rf /var/lib/apt/lists/*

COPY config config.make ./
COPY src src
COPY tools tools
COPY web web
RUN tools/build && strip --strip-unneeded build/ngx_inventory_module.so


FROM ${DEBIAN}

# The libraries are those that libmongoc needs, which itself is in the module.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        ca-certificates \
        libmongocrypt0 \
        libsasl2-2 \
        libsnappy1v5 \
        libutf8proc3 \
        nginx \
    && rm -rf /var/lib/apt/lists/* /var/log/* /var/cache/* /etc/nginx/sites-*

COPY --from=build /src/build/ngx_inventory_module.so /usr/lib/nginx/modules/
COPY docker/entrypoint docker/health docker/nginx.conf.template /etc/inventory/
# What is linked into the module asks for its notices to be passed on.
COPY LICENSE NOTICE /usr/share/doc/ngx_inventory_module/
COPY LICENSES /usr/share/doc/ngx_inventory_module/LICENSES/

# A number, so that whoever runs it can see that it is not root.
USER 10001:10001
ENV PORT=8080 METRICS_PORT=9145
EXPOSE 8080 9145

# The module is taken by this nginx, with nothing missing, or there is no image.
RUN MONGO_URI=mongodb://not.asked /etc/inventory/entrypoint -t && rm -rf /tmp/*

ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="ngx_inventory_module" \
      org.opencontainers.image.description="Inventory service inside nginx" \
      org.opencontainers.image.licenses="BSD-2-Clause" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"

# Alive, not ready: what is unhealthy is restarted by some platforms, and no
# restart brings a database back.
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s \
    CMD ["/etc/inventory/health"]

# The entrypoint makes a graceful quit of it.
STOPSIGNAL SIGTERM
ENTRYPOINT ["/etc/inventory/entrypoint"]
