# One image per service:  docker build --build-arg SERVICE=gateway .
# The target "service" is for the control plane, "node" adds what running containers takes.

FROM maven:3-eclipse-temurin-25 AS build
ARG SERVICE
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/root/.m2 \
    mvn -B -q --no-transfer-progress package -DskipTests -pl "${SERVICE}" -am \
 && cp "${SERVICE}"/target/*-exec.jar /service.jar

FROM eclipse-temurin:25-jre AS service
RUN apt-get -qq update \
 && apt-get -qq -y --no-install-recommends install curl \
 && rm -rf /var/lib/apt/lists/* \
 && mkdir -p /var/lib/waybill
COPY --from=build /service.jar /service.jar
VOLUME /var/lib/waybill
# glibc keeps a heap of its own for every few threads; two are enough and take less memory.
ENV MALLOC_ARENA_MAX=2
# Every setting is an environment variable or a file: docs/configuration.md.
ENTRYPOINT ["java", "-XX:+UseSerialGC", "-XX:+UseCompactObjectHeaders", "-XX:TrimNativeHeapInterval=10000", \
            "-XX:MaxRAMPercentage=70", "--enable-native-access=ALL-UNNAMED", \
            "--sun-misc-unsafe-memory-access=allow", "-jar", "/service.jar"]

FROM service AS node
RUN apt-get -qq update \
 && apt-get -qq -y --no-install-recommends install \
      crun conmon catatonit containernetworking-plugins iproute2 iptables util-linux \
 && rm -rf /var/lib/apt/lists/*
# Short programs are most of what an agent waits for: the second compiler takes 20 MB and more CPU than it saves (ADR 42).
ENV JDK_JAVA_OPTIONS=-XX:TieredStopAtLevel=1
