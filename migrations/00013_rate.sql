-- How many requests those who ask for most have made, in spans of ten seconds: what instances tell each other. See internal/httpx.
-- +goose Up
CREATE TABLE rate_count (
  who VARCHAR(32) NOT NULL,
  span BIGINT NOT NULL,
  n BIGINT NOT NULL,
  PRIMARY KEY (who, span)
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;
CREATE INDEX rate_count_span ON rate_count (span);

-- +goose Down
DROP TABLE rate_count;
