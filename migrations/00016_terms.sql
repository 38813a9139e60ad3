-- +goose Up
-- What was sent beyond what was ordered, within the tolerance of the agreement; the order line has grown by it.
CREATE TABLE over_delivery (
  shipment_id BIGINT NOT NULL,
  line BIGINT NOT NULL,
  order_id BIGINT NOT NULL,
  qty BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  PRIMARY KEY (shipment_id, line),
  CONSTRAINT over_delivery_qty CHECK (qty > 0)
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;
CREATE INDEX over_delivery_order ON over_delivery (order_id);
CREATE INDEX over_delivery_seq ON over_delivery (seq);

ALTER TABLE agreement ADD COLUMN under_bps BIGINT NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE agreement DROP COLUMN under_bps;
DROP TABLE over_delivery;
