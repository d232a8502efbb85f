# syntax=docker/dockerfile:1

FROM node:24-bookworm AS packages
WORKDIR /app
COPY package.json package-lock.json ./
# Where no ready-built Kafka client can be downloaded, it is built with these.
RUN apt-get update \
  && apt-get install -y --no-install-recommends build-essential python3 libcurl4-openssl-dev libssl-dev libsasl2-dev zlib1g-dev libzstd-dev liblz4-dev \
  && rm -rf /var/lib/apt/lists/*
RUN CKJS_LINKING=dynamic npm ci --no-audit --no-fund

FROM packages AS runtime-packages
# Sources and objects of librdkafka are some 200 MB: only the addon itself is loaded.
RUN npm prune --omit=dev --ignore-scripts \
  && cd node_modules/@confluentinc/kafka-javascript \
  && rm -rf deps \
  && find build -mindepth 1 -maxdepth 1 ! -name Release -exec rm -rf {} + \
  && find build/Release -mindepth 1 ! -name '*.node' ! -name '*.so*' -delete

FROM node:24-bookworm-slim AS base
ENV NODE_ENV=production
WORKDIR /app

FROM base AS issuer
COPY --from=packages /app/node_modules ./node_modules
COPY package.json ./
COPY local ./local
RUN mkdir /data && chown node:node /data
USER node
ENV HEADGATE_LOCAL_ISSUER_HOST=0.0.0.0 HEADGATE_LOCAL_ISSUER_FILE=/data/issuer.json
EXPOSE 8082
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8082/.well-known/openid-configuration').then((a) => process.exit(a.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "local/issuer-server.ts"]

FROM base AS gateway
# What the addon is linked with where it was built here.
RUN apt-get update \
  && apt-get install -y --no-install-recommends ca-certificates libcurl4 libssl3 libsasl2-2 zlib1g libzstd1 liblz4-1 \
  && rm -rf /var/lib/apt/lists/*
COPY --from=runtime-packages /app/node_modules ./node_modules
COPY package.json openapi.yaml ./
COPY docs ./docs
COPY src ./src
USER node
# Consumers that come and go leave what glibc does not give back in an arena for every thread: docs/performance.md.
ENV HEADGATE_HTTP_HOST=0.0.0.0 MALLOC_ARENA_MAX=2
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.HEADGATE_HTTP_PORT || 8080}/livez`).then((a) => process.exit(a.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "src/main.ts"]
