-- What a payment settles: the open invoices and the credit notes of a pair, oldest due first, without passing over what is paid.
-- What first pages ask of many partners: who ordered of late, and what is open by the day on which it is due, from the index alone.
-- Lists of partners and of stock, side by side, in the order in which they are shown.
-- +goose Up
CREATE INDEX invoice_open_pair ON invoice (buyer, seller, kind, status, due_on, id);
DROP INDEX invoice_open_seller /*! ON invoice */;
DROP INDEX invoice_open_buyer /*! ON invoice */;
CREATE INDEX invoice_open_seller ON invoice (seller, status, due_on, id, currency, buyer, total, settled);
CREATE INDEX invoice_open_buyer ON invoice (buyer, status, due_on, id, currency, seller, total, settled);
CREATE INDEX orders_day_seller ON orders (seller, ordered_on, buyer);
CREATE INDEX orders_day_agent ON orders (agent, ordered_on, buyer);
CREATE INDEX orders_returned ON orders (return_of);
CREATE INDEX link_served_seller ON link (seller, active, seller_waits, buyer_waits, buyer);
CREATE INDEX link_served_agent ON link (agent, active, seller_waits, buyer_waits, buyer);
CREATE INDEX link_list_seller ON link (seller, active, id);
CREATE INDEX link_list_buyer ON link (buyer, active, id);
CREATE INDEX link_list_agent ON link (agent, active, id);
CREATE INDEX link_agent_seller ON link (agent, seller);
CREATE INDEX link_agent_buyer ON link (agent, buyer);
CREATE INDEX account_owner_list ON account (owner, acct);
CREATE INDEX account_bearer_list ON account (bearer, acct);

-- +goose Down
DROP INDEX account_bearer_list /*! ON account */;
DROP INDEX account_owner_list /*! ON account */;
DROP INDEX link_agent_buyer /*! ON link */;
DROP INDEX link_agent_seller /*! ON link */;
DROP INDEX link_list_agent /*! ON link */;
DROP INDEX link_list_buyer /*! ON link */;
DROP INDEX link_list_seller /*! ON link */;
DROP INDEX link_served_agent /*! ON link */;
DROP INDEX link_served_seller /*! ON link */;
DROP INDEX orders_returned /*! ON orders */;
DROP INDEX orders_day_agent /*! ON orders */;
DROP INDEX orders_day_seller /*! ON orders */;
DROP INDEX invoice_open_buyer /*! ON invoice */;
DROP INDEX invoice_open_seller /*! ON invoice */;
CREATE INDEX invoice_open_seller ON invoice (seller, status, due_on, id);
CREATE INDEX invoice_open_buyer ON invoice (buyer, status, due_on, id);
DROP INDEX invoice_open_pair /*! ON invoice */;
