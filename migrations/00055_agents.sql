-- The shipments that an agent sees, by age: without it the list of shipments read those of everybody.
-- +goose Up
CREATE INDEX shipment_by_agent ON shipment (agent, id);

-- +goose Down
DROP INDEX shipment_by_agent /*! ON shipment */;
