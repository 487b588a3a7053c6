# The whole hub as npm run dev runs it, for one machine; Lambda is deployed with SST instead.
FROM node:24-bookworm-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends socat \
 && rm -rf /var/lib/apt/lists/*
RUN mkdir -p /hub/.data && chown -R node:node /hub
USER node
WORKDIR /hub
COPY --chown=node:node package.json package-lock.json ./
RUN npm ci --no-fund --no-audit
COPY --chown=node:node . .
EXPOSE 8070 8071 8072 8073
CMD ["sh", "scripts/container/start.sh"]
