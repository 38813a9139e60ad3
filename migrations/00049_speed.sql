-- Invoices of a side by their number, and payments through an agent by the day on which the money came, in the order of the list.
-- +goose Up
CREATE INDEX invoice_list_seller ON invoice (seller, id);
CREATE INDEX invoice_list_buyer ON invoice (buyer, id);
CREATE INDEX payment_value_agent ON payment (agent, value_on, id);

-- +goose Down
DROP INDEX payment_value_agent /*! ON payment */;
DROP INDEX invoice_list_buyer /*! ON invoice */;
DROP INDEX invoice_list_seller /*! ON invoice */;
