-- +goose Up
-- Who has points of a programme, page by page, and what stands with them.
CREATE INDEX points_move_by_card ON points_move (seller, programme, holder);

-- +goose Down
DROP INDEX points_move_by_card /*! ON points_move */;
