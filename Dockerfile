# The portal as one static program; see docker-compose.yml.
FROM node:20-bookworm-slim AS web
WORKDIR /src/web
COPY web/package.json web/package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY web ./
COPY internal/site /src/internal/site
RUN npm run build

FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
COPY --from=web /src/web/dist ./web/dist
ARG VERSION=container
RUN CGO_ENABLED=0 go build -mod=readonly -trimpath -ldflags "-s -w -X main.version=${VERSION}" -o /out/saluran ./cmd/saluran \
 && install -d -o 65532 -g 65532 /out/data

FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /out/saluran /usr/local/bin/saluran
COPY --from=build --chown=65532:65532 /out/data /data
ENV SALURAN_ADDR=0.0.0.0:8080 SALURAN_DB=sqlite:/data/saluran.db
EXPOSE 8080
VOLUME /data
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s CMD ["saluran", "health"]
ENTRYPOINT ["saluran"]
CMD ["serve"]
