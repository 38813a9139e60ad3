-- Audit rows say from where, and are vouched for by the chain; seals say how far an organisation's books had come.
-- +goose Up
ALTER TABLE audit ADD COLUMN api_key BIGINT NOT NULL DEFAULT 0;
ALTER TABLE audit ADD COLUMN ip_sum BIGINT NOT NULL DEFAULT 0;
ALTER TABLE audit ADD COLUMN ip VARCHAR(64) NOT NULL DEFAULT '';
ALTER TABLE audit ADD COLUMN mark VARBINARY(80) NULL;
CREATE INDEX audit_org_at ON audit (org, at_us, id);
DROP INDEX audit_org /*! ON audit */;

CREATE TABLE seal_key (
  id BIGINT NOT NULL PRIMARY KEY,
  public VARCHAR(44) NOT NULL,
  seq BIGINT NOT NULL
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;
CREATE INDEX seal_key_seq ON seal_key (seq);

CREATE TABLE seal (
  org BIGINT NOT NULL,
  n BIGINT NOT NULL,
  from_seq BIGINT NOT NULL,
  to_seq BIGINT NOT NULL,
  hash VARBINARY(32) NOT NULL,
  root VARBINARY(32) NOT NULL,
  prev VARBINARY(32) NOT NULL,
  at_us BIGINT NOT NULL,
  key_id BIGINT NOT NULL,
  signature VARBINARY(64) NOT NULL,
  PRIMARY KEY (org, n)
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;
CREATE INDEX seal_to ON seal (to_seq, org);

-- +goose Down
DROP TABLE seal;
