package intake

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"guildhall/internal/sheet"
)

// Each sample has the headings that the program's makers publish, and rows of ours.
func TestAFileOfAnotherProgramIsKnownByItsHeadings(t *testing.T) {
	for _, c := range []struct {
		file, source string
		dates        Dates
		want         map[string]Field
	}{
		{"fab-manager.csv", "fab-manager", DayFirst, map[string]Field{
			"ID": ExternalID, "Surname": LastName, "First name": FirstName, "E-mail": Email, "Address": Address, "Phone": Phone,
			"Subscription": Plan, "Subscription end date": PlanEnd, "Validated trainings": Certifications, "Tags": Tags,
		}},
		{"fab-manager-fr.csv", "fab-manager", DayFirst, map[string]Field{
			"ID": ExternalID, "Nom": LastName, "Prénom": FirstName, "Courriel": Email, "Adresse": Address, "Tel.": Phone,
			"Abonnement": Plan, "Date de fin de l'abonnement": PlanEnd, "Formations validées": Certifications, "Étiquettes": Tags,
		}},
		{"cobot.csv", "cobot", MonthFirst, map[string]Field{"Name": Name, "Address": Address, "Email": Email, "Plan Name": Plan, "Start Date": PlanStart, "Next Invoice Date": PlanRenews}},
		{"nexudus.csv", "nexudus", YearFirst, map[string]Field{
			"FullName": Name, "Email": Email, "Plan": Plan, "RegistrationDate": JoinedOn, "ContractStartDate": PlanStart,
		}},
	} {
		t.Run(c.file, func(t *testing.T) {
			body, err := os.ReadFile(filepath.Join("testdata", c.file))
			if err != nil {
				t.Fatal(err)
			}
			table, err := sheet.Open(body, sheet.Layout{})
			if err != nil {
				t.Fatal(err)
			}
			set := complete(Settings{}, table)
			got := map[string]Field{}
			for i, f := range set.Columns {
				if f != LeftOut {
					got[table.Headings[i]] = f
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" || set.Source != c.source || set.Dates != c.dates {
				t.Errorf("from %q, dates %q, columns:\n%s", set.Source, set.Dates, diff)
			}
		})
	}
}

func TestEveryPresetCitesItsSource(t *testing.T) {
	for _, p := range Presets {
		if p.Source == "" || len(p.Must) == 0 {
			t.Errorf("%s cites nothing", p.Name)
		}
		for heading := range p.Columns {
			if heading != strings.ToLower(heading) {
				t.Errorf("%s: %q is not in lower case", p.Name, heading)
			}
		}
	}
}

func TestADateIsReadAsItIsWritten(t *testing.T) {
	for _, c := range []struct {
		text string
		as   Dates
		want string
	}{
		{"2027-03-28", DayFirst, "2027-03-28"},
		{"2027-03-28 14:30", MonthFirst, "2027-03-28"},
		{"2027-03-28T00:00:00Z", YearFirst, "2027-03-28"},
		{"2027年3月28日", DayFirst, "2027-03-28"},
		{"2027/3/5", DayFirst, "2027-03-05"},
		{"05.03.2027", DayFirst, "2027-03-05"},
		{"5/3/27", DayFirst, "2027-03-05"},
		{"3/5/2027", MonthFirst, "2027-03-05"},
		{"46474", DayFirst, "2027-03-28"},
		{"31.04.2027", DayFirst, ""},
		{"28/03/2027", MonthFirst, ""},
		{"soon", DayFirst, ""},
		{"", DayFirst, ""},
		{"0/0/0", DayFirst, ""},
		{"1899-12-31", YearFirst, ""},
	} {
		got, ok := day(c.text, c.as)
		if string(got) != c.want || ok != (c.want != "") {
			t.Errorf("%q as %s is %q (%t), want %q", c.text, c.as, got, ok, c.want)
		}
	}
}

func TestANameIsJoinedAsItIsWritten(t *testing.T) {
	for _, c := range []struct{ first, last, want string }{
		{"Ada", "Lovelace", "Ada Lovelace"}, {"力", "陈", "陈力"}, {"Ada", "", "Ada"}, {"", "", ""},
	} {
		if got := fullName(c.first, c.last); got != c.want {
			t.Errorf("%q and %q are %q", c.first, c.last, got)
		}
	}
}
