-- Visits by day, with what lists of them are narrowed by, from the index alone; rounds in their order.
-- +goose Up
CREATE INDEX visit_list_org ON visit (org, day_on, id, person, shop, seller, out_us, result);
CREATE INDEX visit_list_seller ON visit (seller, day_on, id, org, person, shop, out_us, result);
CREATE INDEX visit_list_person ON visit (person, org, day_on, id);
DROP INDEX visit_by_org /*! ON visit */;
DROP INDEX visit_by_seller /*! ON visit */;
DROP INDEX visit_by_person /*! ON visit */;
CREATE INDEX visit_stop_list ON visit_stop (org, ended_us, person, turn, id, shop);

-- +goose Down
DROP INDEX visit_stop_list /*! ON visit_stop */;
CREATE INDEX visit_by_org ON visit (org, day_on, id);
CREATE INDEX visit_by_seller ON visit (seller, day_on, id);
CREATE INDEX visit_by_person ON visit (person, org, day_on);
DROP INDEX visit_list_person /*! ON visit */;
DROP INDEX visit_list_seller /*! ON visit */;
DROP INDEX visit_list_org /*! ON visit */;
