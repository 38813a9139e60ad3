-- The logo of an organisation: a picture of ours, made of what was sent. org.logo is the version at which it was set, 0 for none.
-- +goose Up
ALTER TABLE org ADD COLUMN logo BIGINT NOT NULL DEFAULT 0;

CREATE TABLE org_logo (
  org BIGINT NOT NULL PRIMARY KEY,
  width BIGINT NOT NULL,
  height BIGINT NOT NULL,
  bytes MEDIUMBLOB NOT NULL,
  set_us BIGINT NOT NULL
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;

-- +goose Down
DROP TABLE org_logo;
ALTER TABLE org DROP COLUMN logo;
