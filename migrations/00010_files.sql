-- What people attach to documents; files may lie in a store beside the database.
-- +goose Up
ALTER TABLE file ADD COLUMN store VARCHAR(8) NOT NULL DEFAULT 'db';
ALTER TABLE file ADD COLUMN object VARCHAR(80) NOT NULL DEFAULT '';
ALTER TABLE file ADD COLUMN kept BIGINT NOT NULL DEFAULT 0;

CREATE TABLE attachment (
  id BIGINT NOT NULL PRIMARY KEY,
  org BIGINT NOT NULL,
  person BIGINT NOT NULL,
  file BIGINT NOT NULL,
  doc_kind VARCHAR(16) NOT NULL,
  doc BIGINT NOT NULL,
  name VARCHAR(200) NOT NULL,
  media VARCHAR(100) NOT NULL,
  size BIGINT NOT NULL,
  sha256 VARBINARY(32) NOT NULL,
  created_us BIGINT NOT NULL,
  attached_us BIGINT NOT NULL,
  ended_us BIGINT NOT NULL,
  version BIGINT NOT NULL
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;
CREATE INDEX attachment_doc ON attachment (doc, doc_kind);
CREATE INDEX attachment_file ON attachment (file);
CREATE INDEX attachment_created ON attachment (created_us);

CREATE TABLE file_use (
  org BIGINT NOT NULL PRIMARY KEY,
  bytes BIGINT NOT NULL
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;

-- +goose Down
DROP TABLE file_use;
DROP TABLE attachment;
