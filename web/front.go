package web

import (
	"errors"
	"slices"
	"strconv"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"guildhall/internal/spaces"
	"guildhall/web/view"
)

// frontPage is where a manager says how the space shows itself to who comes for the
// first time, and which streams of income it has.
func (s *Server) frontPage(c echo.Context) error {
	return s.page(c, s.frontFrame(c), view.Front(s.frontFrame(c), view.FrontProps{Form: frontOf(here(c))}))
}

func (s *Server) frontFrame(c echo.Context) view.Frame {
	f := s.frame(c)
	return f.Titled(f.T("front.title"))
}

func frontOf(space spaces.Space) spaces.Front {
	return spaces.Front{Version: space.Version, Headline: space.Headline, Sections: space.Sections, Streams: space.Streams}
}

// frontSave keeps what was chosen, and shows the page as everyone sees it.
func (s *Server) frontSave(c echo.Context) error {
	f, typed := s.frontFrame(c), readFront(c)
	space, err := s.Spaces.SetFront(c.Request().Context(), by(c), here(c).ID, typed)
	if err == nil {
		return s.redirect(c, "/s/"+space.Slug+"/front", view.Flash{Text: f.T("front.saved")})
	}
	if errors.Is(err, spaces.ErrStale) {
		typed = frontOf(here(c))
	}
	return s.again(c, err, f, func(f view.Frame, e view.Errors) templ.Component {
		return view.Front(f, view.FrontProps{Form: typed, Errors: e})
	})
}

// readFront takes the sections by the places that they were given; one without a place is not shown.
func readFront(c echo.Context) spaces.Front {
	front := spaces.Front{Version: number[int](c, "version"), Headline: textOf(c, "headline")}
	places := map[spaces.Section]int{}
	for _, section := range spaces.Sections {
		if place, err := strconv.Atoi(c.FormValue("place_" + string(section))); err == nil && place > 0 {
			places[section] = place
			front.Sections = append(front.Sections, section)
		}
	}
	slices.SortStableFunc(front.Sections, func(a, b spaces.Section) int { return places[a] - places[b] })
	for _, stream := range spaces.Streams {
		if c.FormValue("stream_"+string(stream)) != "" {
			front.Streams = append(front.Streams, stream)
		}
	}
	return front
}
