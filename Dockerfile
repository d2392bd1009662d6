# One image for every service; which one runs is the command (docker-compose.yml shows each).
FROM node:24.21.0-bookworm-slim AS build
WORKDIR /app
COPY . .
# Installs what the lock file says and builds; then keeps only what runs.
RUN npm ci --no-audit --no-fund \
  && npm prune --omit=dev --ignore-scripts --no-audit --no-fund \
  && rm -rf bench packages/test-kit node_modules/@refold/bench node_modules/@refold/test-kit \
  && rm -rf packages/*/src services/*/src

FROM node:24.21.0-bookworm-slim
WORKDIR /app
COPY --from=build /app/package.json /app/LICENSE ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/packages ./packages
COPY --from=build /app/services ./services
# The embedded log and read models of the standalone service, when it is used without Kafka.
RUN mkdir /data && chown node:node /data
VOLUME /data
ENV NODE_ENV=production
ENV RUNTIME_EVENT_LOG_PATH=/data
ENV RUNTIME_BIND_ADDR=0.0.0.0:4100
# What the probes call this build: docker build --build-arg BUILD_SHA=$(git rev-parse HEAD) .
ARG BUILD_SHA=dev
ENV RUNTIME_BUILD_SHA=$BUILD_SHA
# The user `node` of the base image.
USER 1000:1000
EXPOSE 4100
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5s --timeout=3s --start-period=60s --retries=3 CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.RUNTIME_BIND_ADDR.split(':').pop() + '/readyz').then((reply) => process.exit(reply.ok ? 0 : 1), () => process.exit(1))"]
# Node is the first process, so that signals reach it.
ENTRYPOINT ["node"]
CMD ["services/standalone/dist/main.js"]
