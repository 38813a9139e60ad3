-- What master data that workbooks show were before they were changed, so that a cut-off of the past shows them as they stood then.
-- +goose Up

-- value held for cut-offs up to and including until_seq, back to the row before it.
CREATE TABLE former (
  kind VARCHAR(12) NOT NULL,
  id BIGINT NOT NULL,
  field VARCHAR(12) NOT NULL,
  until_seq BIGINT NOT NULL,
  value VARCHAR(200) NOT NULL,
  PRIMARY KEY (kind, id, field, until_seq),
  CONSTRAINT former_kind CHECK (kind IN ('org','person','product','place','bank'))
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;

-- +goose Down
DROP TABLE former;
