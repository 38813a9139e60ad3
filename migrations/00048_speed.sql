-- Work of a kind, links that wait for one side, and arrivals of a seller, each from an index in the order in which they are asked for.
-- +goose Up
CREATE INDEX job_of_kind ON job (org, kind, id);
CREATE INDEX link_waits_seller ON link (seller, active, seller_waits, id);
CREATE INDEX link_waits_buyer ON link (buyer, active, buyer_waits, id);
CREATE INDEX shipment_state_seller ON shipment (seller, status, received_us, waits, id);
CREATE INDEX shipment_line_differs ON shipment_line (shipment_id, damaged, short, refused);
DROP INDEX shipment_status_seller /*! ON shipment */;

-- +goose Down
CREATE INDEX shipment_status_seller ON shipment (seller, status, received_us, waits);
DROP INDEX shipment_line_differs /*! ON shipment_line */;
DROP INDEX shipment_state_seller /*! ON shipment */;
DROP INDEX link_waits_buyer /*! ON link */;
DROP INDEX link_waits_seller /*! ON link */;
DROP INDEX job_of_kind /*! ON job */;
