-- How people like their lists: views that they have saved, and what they have chosen (columns, rows close together, keys).
-- +goose Up
CREATE TABLE desk_view (
  id BIGINT NOT NULL PRIMARY KEY,
  org BIGINT NOT NULL,
  person BIGINT NOT NULL,
  list VARCHAR(20) NOT NULL,
  name VARCHAR(60) NOT NULL,
  query VARCHAR(600) NOT NULL,
  team BOOLEAN NOT NULL,
  ended_us BIGINT NOT NULL,
  created_us BIGINT NOT NULL,
  version BIGINT NOT NULL,
  CONSTRAINT desk_view_org FOREIGN KEY (org) REFERENCES org (id),
  CONSTRAINT desk_view_person FOREIGN KEY (person) REFERENCES person (id)
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;
CREATE INDEX desk_view_by_list ON desk_view (org, list, id);
CREATE INDEX desk_view_by_person ON desk_view (person);

CREATE TABLE desk_choice (
  person BIGINT NOT NULL,
  org BIGINT NOT NULL,
  name VARCHAR(40) NOT NULL,
  value VARCHAR(400) NOT NULL,
  PRIMARY KEY (person, org, name),
  CONSTRAINT desk_choice_person FOREIGN KEY (person) REFERENCES person (id)
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;

-- Lots are looked up by what stands on the carton.
CREATE INDEX lot_by_code ON lot (code, id);

-- +goose Down
DROP INDEX lot_by_code /*! ON lot */;
DROP TABLE desk_choice;
DROP TABLE desk_view;
