-- +goose Up
-- What a carrier has on its way.
CREATE INDEX shipment_by_carrier ON shipment (carrier, id);

-- +goose Down
DROP INDEX shipment_by_carrier /*! ON shipment */;
