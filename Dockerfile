# One image for the API, the worker, the sandbox provider and the mail catcher; docker-compose.yml gives each its command.
# Debian, not Alpine: the native part of the Temporal SDK needs glibc.
FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY scripts scripts
COPY src src
COPY web web
# The SDK brings its native part for every platform; this image needs its own.
RUN npm run build \
  && npm prune --omit=dev --no-audit --no-fund \
  && find node_modules/@temporalio/core-bridge/releases -mindepth 1 -maxdepth 1 \
    ! -name "$(uname -m)-unknown-linux-gnu" -exec rm -rf {} +

FROM node:24-slim
ENV NODE_ENV=production HOST=0.0.0.0 WORKFLOW_BUNDLE=/app/dist/workflow-bundle.js CONSOLE_FOLDER=/app/dist/console
WORKDIR /app
# The sandbox provider keeps its movements here, the mail catcher its mails.
RUN mkdir /data && chown node:node /data
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
USER node
EXPOSE 8080
CMD ["node", "--enable-source-maps", "dist/api/main.js"]
