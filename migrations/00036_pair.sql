-- What happened between two organisations, by the number of the journal that filed it: a page of it without passing over the rest.
-- +goose Up
CREATE INDEX orders_by_pair ON orders (buyer, seller, seq);
CREATE INDEX shipment_by_pair ON shipment (buyer, seller, seq);
CREATE INDEX receipt_by_pair ON receipt (buyer, seller, seq);
CREATE INDEX invoice_of_pair ON invoice (buyer, seller, seq);
CREATE INDEX payment_by_pair ON payment (payer, payee, seq);

-- +goose Down
DROP INDEX payment_by_pair /*! ON payment */;
DROP INDEX invoice_of_pair /*! ON invoice */;
DROP INDEX receipt_by_pair /*! ON receipt */;
DROP INDEX shipment_by_pair /*! ON shipment */;
DROP INDEX orders_by_pair /*! ON orders */;
