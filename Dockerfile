# Briefwijzer in one container: the model inside, no network at run time, answers on port 8000.
#
#   docker build -t briefwijzer .
#   docker run -p 127.0.0.1:8000:8000 -v briefwijzer-index:/srv/briefwijzer/index briefwijzer
#
# Where plain pip would choose a torch with CUDA, name the index of a CPU build:
#   docker build --build-arg TORCH_INDEX_URL=… -t briefwijzer .
FROM python:3.11-slim

ARG TORCH_INDEX_URL=""
ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1 \
    HF_HUB_OFFLINE=1 \
    TRANSFORMERS_OFFLINE=1 \
    ANONYMIZED_TELEMETRY=False

# Not /app: an "app" folder on the path would hide the package of that name.
WORKDIR /srv/briefwijzer

# The dependencies first: they change less often than the code.
COPY requirements.txt ./
RUN pip install ${TORCH_INDEX_URL:+--extra-index-url "$TORCH_INDEX_URL"} -r requirements.txt

COPY pyproject.toml README.md LICENSE /tmp/source/
COPY app /tmp/source/app
COPY ingest /tmp/source/ingest
COPY training /tmp/source/training
RUN pip install --no-deps /tmp/source && rm -rf /tmp/source

COPY corpus ./corpus
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin briefwijzer \
    && mkdir index && chown briefwijzer index
USER 10001

# The container's own network: publish the port on 127.0.0.1, or behind a proxy that knows who is asking.
ENV BRIEFWIJZER_IN_CONTAINER=1 \
    BRIEFWIJZER_HOST=0.0.0.0 \
    BRIEFWIJZER_PORT=8000
VOLUME ["/srv/briefwijzer/index"]
EXPOSE 8000
# Before the first answer a new container may have an index to make.
HEALTHCHECK --interval=30s --timeout=5s --start-period=120s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/readyz', timeout=4)"]
CMD ["briefwijzer", "serve"]
