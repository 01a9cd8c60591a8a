# The demo of `npm start`, for a machine without Node.js:
#   docker build -f docker/demo.Dockerfile -t stellantis-demo . && docker run --rm -it -p 127.0.0.1:1880:1880 stellantis-demo
FROM node:24-slim
WORKDIR /home/node/demo
RUN chown node:node .
USER node
COPY --chown=node:node . .
RUN npm ci --no-audit --no-fund
ENV HOST=0.0.0.0 PORT=1880
EXPOSE 1880
CMD ["node", "scripts/start.mjs"]
