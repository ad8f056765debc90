package privacy

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"guildhall/internal/fault"
	"guildhall/internal/id"
)

// readme says what is in the ZIP, in both languages.
const readme = `Everything this house knows of you, as of %s.

data.json      all of it, for programs
csv/           the same as tables, a file each
bookings.ics   your bookings, for a calendar
files/         what was uploaded and signed

Times are UTC. Passwords, keys and codes are kept only as fingerprints and are not here.

这里是本馆掌握的、与你有关的全部数据，截至 %[1]s。

data.json      全部数据，供程序读取
csv/           同样的内容，每张表一个文件
bookings.ics   你的预约，可导入日历
files/         上传的文件和签署的文书

时间均为 UTC。密码、密钥和验证码只保存指纹，不在其中。
`

// gather puts the file of an export together, part by part. What was begun by a
// program that died is begun anew; what is finished is left.
func (s *Service) gather(ctx context.Context, job gather) error {
	e, there, err := s.store.one(ctx, job.Export)
	if err != nil || !there || !e.FinishedAt.IsZero() {
		return fault.Wrap(err, "gather export %s", job.Export)
	}
	var body bytes.Buffer
	if err := s.write(ctx, e, &body); err != nil {
		return fault.Wrap(err, "gather export %s", e.ID)
	}
	return fault.Wrap(s.DB.Tx(ctx, func(ctx context.Context) error {
		return s.store.finish(ctx, e.ID, body.Bytes(), s.Clock.Now())
	}), "finish export %s", e.ID)
}

func (s *Service) write(ctx context.Context, e Export, to *bytes.Buffer) error {
	z := zip.NewWriter(to)
	add := func(name string, body []byte) error {
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: e.AskedAt.UTC()})
		if err == nil {
			_, err = w.Write(body)
		}
		return err
	}
	if err := add("README.txt", fmt.Appendf(nil, readme, e.AskedAt.UTC().Format(time.DateTime))); err != nil {
		return err
	}
	all := map[string]any{"member_id": e.MemberID, "as_of": e.AskedAt.UTC().Format(time.RFC3339)}
	steps := s.Dossier.Parts()
	for n := range steps {
		if err := s.report(ctx, e.ID, n, steps); err != nil {
			return err
		}
		part, err := s.Dossier.Part(ctx, e.MemberID, n)
		if err != nil {
			return err
		}
		if part.Rows != nil {
			all[part.Name] = part.Rows
		}
		for _, file := range part.Files {
			if err := add(file.Name, file.Body); err != nil {
				return err
			}
		}
	}
	text, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return err
	}
	if err := add("data.json", text); err != nil {
		return err
	}
	return z.Close()
}

// report lets whoever waits see how far it is.
func (s *Service) report(ctx context.Context, export id.ID, done, steps int) error {
	return s.DB.Tx(ctx, func(ctx context.Context) error { return s.store.progress(ctx, export, done, steps) })
}
