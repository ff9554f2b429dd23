# What docker-compose.yml runs: the project as it is in this folder, installed from the lock, without rights of its own.
FROM python:3.11.13-slim-bookworm
# LightGBM needs the OpenMP of the system.
RUN apt-get update && apt-get install -y --no-install-recommends libgomp1 && rm -rf /var/lib/apt/lists/*
RUN useradd --uid 50000 --create-home regulars && install -d -m 0750 -o regulars -g regulars /var/lib/regulars
WORKDIR /opt/regulars
# Before the project, so that a change of ours does not fetch the packages again.
COPY requirements.lock .
RUN python -m venv /opt/venv && /opt/venv/bin/python -m pip install --no-cache-dir --no-deps --require-hashes -r requirements.lock
# .dockerignore says what comes along.
COPY . .
RUN /opt/venv/bin/python -m pip install --no-index --no-deps --no-build-isolation -e .
# Every home takes over what dbt reads of the project here, and the script of the report.
RUN /opt/venv/bin/python -m regulars.made_once
ENV PATH=/opt/venv/bin:$PATH REGULARS_HOME=/var/lib/regulars PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
VOLUME /var/lib/regulars
USER regulars
ENTRYPOINT ["regulars"]
CMD ["--help"]
