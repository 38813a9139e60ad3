-- What an organisation lets an upstream see, and who looked.
-- +goose Up
CREATE TABLE sharing (
  id BIGINT NOT NULL PRIMARY KEY,
  grantor BIGINT NOT NULL,
  viewer BIGINT NOT NULL,
  measure VARCHAR(12) NOT NULL,
  period VARCHAR(8) NOT NULL,
  goods VARCHAR(8) NOT NULL,
  place VARCHAR(8) NOT NULL,
  delay_days BIGINT NOT NULL,
  min_group BIGINT NOT NULL,
  purpose VARCHAR(300) NOT NULL,
  since_on CHAR(10) NOT NULL,
  until_on CHAR(10) NOT NULL,
  status VARCHAR(12) NOT NULL,
  mask_key VARBINARY(32) NOT NULL,
  live VARCHAR(64) NULL,
  offered_us BIGINT NOT NULL,
  offered_by BIGINT NOT NULL,
  answered_us BIGINT NOT NULL,
  answered_by BIGINT NOT NULL,
  ended_us BIGINT NOT NULL,
  ended_by BIGINT NOT NULL,
  version BIGINT NOT NULL,
  CONSTRAINT sharing_live UNIQUE (live),
  CONSTRAINT sharing_measure CHECK (measure IN ('sellout','stock','orders')),
  CONSTRAINT sharing_period CHECK (period IN ('day','week','month')),
  CONSTRAINT sharing_goods CHECK (goods IN ('product','all')),
  CONSTRAINT sharing_place CHECK (place IN ('none','region','shop')),
  CONSTRAINT sharing_status CHECK (status IN ('offered','active','declined','withdrawn','ended')),
  CONSTRAINT sharing_self CHECK (grantor <> viewer),
  CONSTRAINT sharing_grantor FOREIGN KEY (grantor) REFERENCES org (id),
  CONSTRAINT sharing_viewer FOREIGN KEY (viewer) REFERENCES org (id)
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;
CREATE INDEX sharing_by_grantor ON sharing (grantor, id);
CREATE INDEX sharing_by_viewer ON sharing (viewer, id);

CREATE TABLE sharing_look (
  id BIGINT NOT NULL PRIMARY KEY,
  sharing BIGINT NOT NULL,
  grantor BIGINT NOT NULL,
  viewer BIGINT NOT NULL,
  person BIGINT NOT NULL,
  at_us BIGINT NOT NULL,
  way VARCHAR(12) NOT NULL,
  asked VARCHAR(500) NOT NULL,
  shown BIGINT NOT NULL,
  CONSTRAINT sharing_look_way CHECK (way IN ('page','api','workbook')),
  CONSTRAINT sharing_look_of FOREIGN KEY (sharing) REFERENCES sharing (id)
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;
CREATE INDEX sharing_look_by_sharing ON sharing_look (sharing, id);

-- +goose Down
DROP TABLE sharing_look;
DROP TABLE sharing;
