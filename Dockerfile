# Guildhall as one static program in an image with nothing else in it: no shell, no package manager, no root.
#
#   docker build -t guildhall .
#   docker run --rm -p 8080:8080 -v guildhall-data:/data guildhall

ARG BUILD_IMAGE=docker.io/library/golang:1.26-bookworm
ARG RUN_IMAGE=gcr.io/distroless/static-debian12:nonroot

FROM ${BUILD_IMAGE} AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
# SQLite is C: linked statically with the rest, and without what a static program can't have.
RUN CGO_ENABLED=1 go build -trimpath -tags netgo,osusergo,sqlite_omit_load_extension \
        -ldflags '-s -w -linkmode external -extldflags "-static"' -o /out/guildhall ./cmd/server \
    && install -d -o 65532 -g 65532 /out/data

FROM ${RUN_IMAGE}
COPY --from=build /usr/share/zoneinfo /usr/share/zoneinfo
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /out/guildhall /guildhall
COPY --from=build --chown=65532:65532 /out/data /data
USER 65532:65532
ENV GUILDHALL_LISTEN=0.0.0.0:8080 GUILDHALL_DATA=/data
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s --retries=3 CMD ["/guildhall", "health"]
ENTRYPOINT ["/guildhall"]
CMD ["serve"]
