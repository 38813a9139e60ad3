-- Keys of the API, and webhooks: who is told, what was sent, how it went.
-- +goose Up
CREATE TABLE api_key (
  id BIGINT NOT NULL PRIMARY KEY,
  org BIGINT NOT NULL,
  person BIGINT NOT NULL,
  name VARCHAR(80) NOT NULL,
  prefix VARCHAR(12) NOT NULL,
  scopes VARCHAR(2000) NOT NULL,
  created_us BIGINT NOT NULL,
  expires_us BIGINT NOT NULL,
  used_us BIGINT NOT NULL,
  ended_us BIGINT NOT NULL,
  version BIGINT NOT NULL,
  CONSTRAINT api_key_org FOREIGN KEY (org) REFERENCES org (id),
  CONSTRAINT api_key_person FOREIGN KEY (person) REFERENCES person (id)
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;
CREATE INDEX api_key_by_org ON api_key (org, id);

CREATE TABLE api_key_secret (
  hash VARBINARY(32) NOT NULL PRIMARY KEY,
  api_key BIGINT NOT NULL,
  until_us BIGINT NOT NULL,
  CONSTRAINT api_key_secret_key FOREIGN KEY (api_key) REFERENCES api_key (id)
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;
CREATE INDEX api_key_secret_by_key ON api_key_secret (api_key);

CREATE TABLE hook_endpoint (
  id BIGINT NOT NULL PRIMARY KEY,
  org BIGINT NOT NULL,
  person BIGINT NOT NULL,
  url VARCHAR(500) NOT NULL,
  topics VARCHAR(2000) NOT NULL,
  status VARCHAR(12) NOT NULL,
  reason VARCHAR(40) NOT NULL,
  secret VARBINARY(200) NOT NULL,
  old_secret VARBINARY(200) NOT NULL,
  old_until_us BIGINT NOT NULL,
  fails BIGINT NOT NULL,
  failing_us BIGINT NOT NULL,
  told_us BIGINT NOT NULL,
  replay_seq BIGINT NOT NULL,
  replay_to BIGINT NOT NULL,
  created_us BIGINT NOT NULL,
  version BIGINT NOT NULL,
  CONSTRAINT hook_endpoint_status CHECK (status IN ('active','paused','disabled','removed')),
  CONSTRAINT hook_endpoint_org FOREIGN KEY (org) REFERENCES org (id)
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;
CREATE INDEX hook_endpoint_by_org ON hook_endpoint (org, id);
CREATE INDEX hook_endpoint_by_status ON hook_endpoint (status);

CREATE TABLE hook_cursor (
  name VARCHAR(16) NOT NULL PRIMARY KEY,
  seq BIGINT NOT NULL,
  moved BIGINT NOT NULL
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;
INSERT INTO hook_cursor (name, seq, moved) SELECT 'outbox', seq, 0 FROM lane WHERE lane = 0;

CREATE TABLE hook_delivery (
  id BIGINT NOT NULL PRIMARY KEY,
  endpoint BIGINT NOT NULL,
  org BIGINT NOT NULL,
  message VARCHAR(40) NOT NULL,
  topic VARCHAR(48) NOT NULL,
  doc BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  body VARCHAR(2000) NOT NULL,
  status VARCHAR(12) NOT NULL,
  attempts BIGINT NOT NULL,
  next_us BIGINT NOT NULL,
  locked_until_us BIGINT NOT NULL,
  locked_by VARCHAR(40) NOT NULL,
  code BIGINT NOT NULL,
  problem VARCHAR(40) NOT NULL,
  created_us BIGINT NOT NULL,
  ended_us BIGINT NOT NULL,
  CONSTRAINT hook_delivery_message UNIQUE (endpoint, message),
  CONSTRAINT hook_delivery_status CHECK (status IN ('queued','delivered','failed')),
  CONSTRAINT hook_delivery_endpoint FOREIGN KEY (endpoint) REFERENCES hook_endpoint (id)
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;
CREATE INDEX hook_delivery_due ON hook_delivery (status, next_us);
CREATE INDEX hook_delivery_log ON hook_delivery (endpoint, id);
CREATE INDEX hook_delivery_created ON hook_delivery (created_us);

CREATE TABLE hook_attempt (
  id BIGINT NOT NULL PRIMARY KEY,
  delivery BIGINT NOT NULL,
  n BIGINT NOT NULL,
  at_us BIGINT NOT NULL,
  took_ms BIGINT NOT NULL,
  code BIGINT NOT NULL,
  problem VARCHAR(40) NOT NULL,
  excerpt VARCHAR(1000) NOT NULL,
  CONSTRAINT hook_attempt_delivery FOREIGN KEY (delivery) REFERENCES hook_delivery (id)
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;
CREATE INDEX hook_attempt_by_delivery ON hook_attempt (delivery, id);

-- +goose Down
DROP TABLE hook_attempt;
DROP TABLE hook_delivery;
DROP TABLE hook_cursor;
DROP TABLE hook_endpoint;
DROP TABLE api_key_secret;
DROP TABLE api_key;
