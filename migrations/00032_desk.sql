-- What first pages ask: figures of a period from the index alone, what is open and what waits without passing over what is done.
-- +goose Up
DROP INDEX invoice_by_seller /*! ON invoice */;
DROP INDEX invoice_by_buyer /*! ON invoice */;
CREATE INDEX invoice_by_seller ON invoice (seller, issued_on, id, currency, buyer, net, total);
CREATE INDEX invoice_by_buyer ON invoice (buyer, issued_on, id, currency, seller, net, total);
CREATE INDEX invoice_open_seller ON invoice (seller, status, due_on, id);
CREATE INDEX invoice_open_buyer ON invoice (buyer, status, due_on, id);
CREATE INDEX orders_status_seller ON orders (seller, status, id);
CREATE INDEX orders_status_buyer ON orders (buyer, status, id);
CREATE INDEX shipment_status_seller ON shipment (seller, status, received_us, waits);
CREATE INDEX shipment_status_buyer ON shipment (buyer, status, received_us);
CREATE INDEX payment_status_payee ON payment (payee, status, id);
CREATE INDEX exposure_by_bill_to ON exposure (bill_to, seller);

-- +goose Down
DROP INDEX exposure_by_bill_to /*! ON exposure */;
DROP INDEX payment_status_payee /*! ON payment */;
DROP INDEX shipment_status_buyer /*! ON shipment */;
DROP INDEX shipment_status_seller /*! ON shipment */;
DROP INDEX orders_status_buyer /*! ON orders */;
DROP INDEX orders_status_seller /*! ON orders */;
DROP INDEX invoice_open_buyer /*! ON invoice */;
DROP INDEX invoice_open_seller /*! ON invoice */;
DROP INDEX invoice_by_buyer /*! ON invoice */;
DROP INDEX invoice_by_seller /*! ON invoice */;
CREATE INDEX invoice_by_seller ON invoice (seller, issued_on, id);
CREATE INDEX invoice_by_buyer ON invoice (buyer, issued_on, id);
