package files

import (
	"context"
	"fmt"

	"saluran/internal/access"
	"saluran/internal/id"
)

// UploadApart keeps a file of somebody who has no account, for a document of an organisation, in whose books it counts. Whether it
// may be sent is the caller's to know. At most MaxApart of a document. Errors: those of Inspect; file.quota, file.too_many.
func (s *Service) UploadApart(ctx context.Context, org id.ID, u Upload) error {
	_, err := s.keep(ctx, access.Actor{Org: org}, u)
	return err
}

// Apart are the files of a document of an organisation that were sent without an account, oldest first, for whoever sent them.
func (s *Service) Apart(ctx context.Context, org id.ID, d Doc) (all []Attachment, err error) {
	err = s.DB.R(ctx).Raw(attachmentColumns+"t.org = ? AND t.doc = ? AND t.doc_kind = ? AND t.person = 0 AND t.ended_us = 0 ORDER BY t.id", org, d.ID, d.Kind).Scan(&all).Error
	if err != nil {
		return nil, fmt.Errorf("files of %s %d: %w", d.Kind, d.ID, err)
	}
	return all, nil
}
