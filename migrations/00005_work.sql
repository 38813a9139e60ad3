-- Work in the background: jobs with progress, files that they made or read, what imports have applied.
-- +goose Up
CREATE TABLE job (
  id BIGINT NOT NULL PRIMARY KEY,
  kind VARCHAR(24) NOT NULL,
  org BIGINT NOT NULL,
  person BIGINT NOT NULL,
  payload MEDIUMTEXT NOT NULL,
  status VARCHAR(12) NOT NULL,
  done BIGINT NOT NULL,
  total BIGINT NOT NULL,
  message VARCHAR(1000) NOT NULL,
  result VARCHAR(2000) NOT NULL,
  file BIGINT NOT NULL,
  attempts BIGINT NOT NULL,
  run_us BIGINT NOT NULL,
  locked_until_us BIGINT NOT NULL,
  locked_by VARCHAR(40) NOT NULL,
  created_us BIGINT NOT NULL,
  ended_us BIGINT NOT NULL,
  version BIGINT NOT NULL
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;
CREATE INDEX job_due ON job (status, run_us);
CREATE INDEX job_by_org ON job (org, id);

CREATE TABLE file (
  id BIGINT NOT NULL PRIMARY KEY,
  org BIGINT NOT NULL,
  name VARCHAR(200) NOT NULL,
  media VARCHAR(100) NOT NULL,
  size BIGINT NOT NULL,
  sha256 VARBINARY(32) NOT NULL,
  created_us BIGINT NOT NULL
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;
CREATE INDEX file_created ON file (created_us);

CREATE TABLE file_part (
  file_id BIGINT NOT NULL,
  n BIGINT NOT NULL,
  bytes MEDIUMBLOB NOT NULL,
  PRIMARY KEY (file_id, n)
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;

CREATE TABLE request_key (
  org BIGINT NOT NULL,
  client_key VARCHAR(64) NOT NULL,
  request_hash VARBINARY(32) NOT NULL,
  doc BIGINT NOT NULL,
  at_us BIGINT NOT NULL,
  PRIMARY KEY (org, client_key)
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;

-- +goose Down
DROP TABLE request_key;
