-- What people say to each other on a document.
-- +goose Up

-- a conversation belongs to one document and is made with its first message; messages counts them, whoever may see them.
CREATE TABLE talk (
  id BIGINT NOT NULL PRIMARY KEY,
  doc_kind VARCHAR(12) NOT NULL,
  doc BIGINT NOT NULL,
  number VARCHAR(40) NOT NULL,
  messages BIGINT NOT NULL,
  changed_us BIGINT NOT NULL,
  CONSTRAINT talk_doc UNIQUE (doc, doc_kind),
  CONSTRAINT talk_kind CHECK (doc_kind IN ('order','shipment','invoice','payment'))
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;
CREATE INDEX talk_changed ON talk (changed_us);

-- who takes part, as what, and the last message that its people may see.
CREATE TABLE talk_party (
  talk BIGINT NOT NULL,
  org BIGINT NOT NULL,
  rel VARCHAR(8) NOT NULL,
  last BIGINT NOT NULL,
  last_us BIGINT NOT NULL,
  PRIMARY KEY (talk, org),
  CONSTRAINT talk_party_talk FOREIGN KEY (talk) REFERENCES talk (id),
  CONSTRAINT talk_party_org FOREIGN KEY (org) REFERENCES org (id)
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;
CREATE INDEX talk_party_recent ON talk_party (org, last_us);

-- n counts within a conversation. internal: for the author's own organisation alone. duty: what the author represents it for.
CREATE TABLE message (
  id BIGINT NOT NULL PRIMARY KEY,
  talk BIGINT NOT NULL,
  n BIGINT NOT NULL,
  org BIGINT NOT NULL,
  person BIGINT NOT NULL,
  api_key BIGINT NOT NULL,
  rel VARCHAR(8) NOT NULL,
  duty VARCHAR(12) NOT NULL,
  internal BIGINT NOT NULL,
  body VARCHAR(4000) NOT NULL,
  created_us BIGINT NOT NULL,
  withdrawn_us BIGINT NOT NULL,
  CONSTRAINT message_n UNIQUE (talk, n),
  CONSTRAINT message_talk FOREIGN KEY (talk) REFERENCES talk (id),
  CONSTRAINT message_org FOREIGN KEY (org) REFERENCES org (id)
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;
CREATE INDEX message_by_person ON message (person, created_us);

CREATE TABLE mention (
  message BIGINT NOT NULL,
  person BIGINT NOT NULL,
  org BIGINT NOT NULL,
  PRIMARY KEY (message, person),
  CONSTRAINT mention_message FOREIGN KEY (message) REFERENCES message (id)
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;
CREATE INDEX mention_by_person ON mention (person, org);

-- how far somebody has read for an organisation.
CREATE TABLE talk_read (
  talk BIGINT NOT NULL,
  person BIGINT NOT NULL,
  org BIGINT NOT NULL,
  upto BIGINT NOT NULL,
  at_us BIGINT NOT NULL,
  PRIMARY KEY (talk, person, org),
  CONSTRAINT talk_read_talk FOREIGN KEY (talk) REFERENCES talk (id)
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;

-- +goose Down
DROP TABLE talk_read;
DROP TABLE mention;
DROP TABLE message;
DROP TABLE talk_party;
DROP TABLE talk;
