-- What a payment settles: the open invoices and the credit notes of a pair, oldest due first, without passing over what is paid.
-- +goose Up
CREATE INDEX invoice_open_pair ON invoice (buyer, seller, kind, status, due_on, id);

-- +goose Down
DROP INDEX invoice_open_pair /*! ON invoice */;
