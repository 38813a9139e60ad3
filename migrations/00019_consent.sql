-- What somebody has agreed to: the mailbox of an account that was proven, links of applications that all hold.
-- +goose Up

-- When somebody first followed a letter to the account's mailbox; 0: never, and whatever the account holds may be another's.
ALTER TABLE person ADD COLUMN confirmed_us BIGINT NOT NULL DEFAULT 0;
UPDATE person SET confirmed_us = created_us WHERE EXISTS (SELECT 1 FROM invitation i WHERE i.person = person.id AND i.status = 'accepted'
 AND person.created_us >= i.ended_us AND person.created_us <= i.ended_us + 10000000);
-- What the set-up and the command line made, their user answers for: nobody was acting when the account came to be.
UPDATE person SET confirmed_us = created_us WHERE confirmed_us = 0 AND password <> '' AND EXISTS (SELECT 1 FROM audit a WHERE a.doc = person.id
 AND a.action = 'person.added' AND a.person = 0 AND a.at_us = person.created_us);

-- Every link that an applicant was sent, as a hash: who asks again in another's name voids none.
CREATE TABLE application_link (
  token_hash VARBINARY(32) NOT NULL PRIMARY KEY,
  application BIGINT NOT NULL,
  CONSTRAINT application_link_of FOREIGN KEY (application) REFERENCES application (id)
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;
CREATE INDEX application_link_by ON application_link (application);
INSERT INTO application_link (token_hash, application) SELECT token_hash, id FROM application;

-- +goose Down
DROP TABLE application_link;
