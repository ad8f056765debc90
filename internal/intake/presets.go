package intake

import (
	"slices"
	"strings"

	"guildhall/internal/sheet"
)

// Preset is what the columns of another program's list of people are called. Each
// name stands in what that program's makers have published, which Source cites; a
// column of which nothing is published is not here, and is mapped by hand.
type Preset struct {
	Key    string
	Name   string // as the program is called
	Source string // where the names are from
	// Columns are the headings, in lower case, and what each means here; LeftOut is one
	// that is known and has no place here.
	Columns map[string]Field
	// Must are headings that show the file to be this program's.
	Must []string
	// Nothing are words for no plan, in lower case.
	Nothing []string
	Dates   Dates
}

// Presets are the programs that are known.
var Presets = []Preset{fabManager, fabManagerFrench, cobot, nexudus}

// fabManager is the list of members that Fab-manager exports for administrators
// (saved from its .xlsx as CSV). The columns are those of
// app/views/exports/users_members.xlsx.axlsx and of users_subscriptions.xlsx.axlsx,
// their English words those under export_members and export_subscriptions in
// config/locales/en.yml, both in the public repository sleede/fab-manager. It writes
// several trainings into one cell, a line each. Dates are as an installation formats
// them, so their order is guessed.
var fabManager = Preset{
	Key: "fab-manager", Name: "Fab-manager",
	Source: "github.com/sleede/fab-manager: app/views/exports/users_members.xlsx.axlsx, users_subscriptions.xlsx.axlsx, config/locales/en.yml",
	Columns: map[string]Field{
		"id": ExternalID, "surname": LastName, "first name": FirstName, "e-mail": Email, "newsletter": LeftOut, "last login": LeftOut, "gender": LeftOut,
		"age": LeftOut, "address": Address, "phone": Phone, "website": LeftOut, "job": LeftOut, "interests": LeftOut, "cad softwares mastered": LeftOut,
		"group": LeftOut, "subscription": Plan, "subscription end date": PlanEnd, "validated trainings": Certifications, "tags": Tags,
		"number of invoices": LeftOut, "projects": LeftOut, "facebook": LeftOut, "twitter": LeftOut, "echosciences": LeftOut,
		"organization": LeftOut, "organization address": LeftOut,
		"customer": Name, "period": LeftOut, "start date": PlanStart, "expiration date": PlanEnd, "amount": LeftOut,
	},
	Must:    []string{"id", "e-mail", "subscription"},
	Nothing: []string{"without subscriptions"},
}

// fabManagerFrench is the same list from an installation in French: config/locales/fr.yml.
var fabManagerFrench = Preset{
	Key: "fab-manager", Name: "Fab-manager (français)",
	Source: "github.com/sleede/fab-manager: app/views/exports/users_members.xlsx.axlsx, users_subscriptions.xlsx.axlsx, config/locales/fr.yml",
	Columns: map[string]Field{
		"id": ExternalID, "nom": LastName, "prénom": FirstName, "courriel": Email, "lettre d'informations": LeftOut, "dernière connexion": LeftOut, "genre": LeftOut,
		"âge": LeftOut, "adresse": Address, "tel.": Phone, "site web": LeftOut, "profession": LeftOut, "centres d'intérêts": LeftOut,
		"logiciels de conception maîtrisés": LeftOut, "groupe": LeftOut, "abonnement": Plan, "date de fin de l'abonnement": PlanEnd,
		"formations validées": Certifications, "étiquettes": Tags, "nombre de factures": LeftOut, "projets": LeftOut, "facebook": LeftOut,
		"twitter": LeftOut, "echosciences": LeftOut, "structure": LeftOut, "adresse de la structure": LeftOut,
		"client": Name, "période": LeftOut, "date de début": PlanStart, "date d'expiration": PlanEnd, "montant": LeftOut,
	},
	Must:    []string{"id", "courriel", "abonnement"},
	Nothing: []string{"sans abonnement"},
	Dates:   DayFirst,
}

// cobot is Cobot's list of members. The names are those that its help centre gives
// for the sheet in which members are handed over (article 8300359, "Importing your
// existing members into Cobot"): Name, earlier Member Name; Company; Address; Email;
// Plan Name; Start Date; Next Invoice Date; Paid For By. The headings of the file
// behind "Export as CSV" in its list of members are published nowhere that could be
// found: where they differ, the columns are mapped by hand, once. The day of the next
// invoice is the one on which the plan renews.
var cobot = Preset{
	Key: "cobot", Name: "Cobot",
	Source: "helpcenter.cobot.me/en/articles/8300359-importing-your-existing-members-into-cobot",
	Columns: map[string]Field{
		"name": Name, "member name": Name, "company": LeftOut, "address": Address, "email": Email, "plan name": Plan, "start date": PlanStart,
		"next invoice date": PlanRenews, "paid for by": LeftOut,
	},
	Must: []string{"plan name", "start date"},
}

// nexudus is Nexudus' list of customers. FullName, Email, Active, SendWelcomeEmail,
// Plan, RegistrationDate, ContractStartDate and Location are the columns of its
// template for customers (support article 360017471917, "Import Template Files
// Details", and legacydocs.nexudus.com/platform/settings/imports), which also say that dates are
// written yyyy-mm-dd hh:mm. The others are the fields of a customer in its REST API
// (developers.nexudus.com/rest-api/spaces/get-coworkers-by-id). The headings of the
// export of its list are published nowhere that could be found.
var nexudus = Preset{
	Key: "nexudus", Name: "Nexudus",
	Source: "support.nexudus.com/hc/en-us/articles/360017471917, developers.nexudus.com/rest-api/spaces/get-coworkers-by-id",
	Columns: map[string]Field{
		"location": LeftOut, "fullname": Name, "email": Email, "active": LeftOut, "sendwelcomeemail": LeftOut, "plan": Plan,
		"registrationdate": JoinedOn, "contractstartdate": PlanStart,
		"id": ExternalID, "mobilephone": Phone, "landline": LeftOut, "address": Address, "postcode": Address, "cityname": Address, "state": Address,
		"dateofbirth": Birthday, "nickname": LeftOut, "position": LeftOut, "companyname": LeftOut, "profiletags": Tags, "salutation": LeftOut, "gender": LeftOut,
	},
	Must:  []string{"fullname", "email"},
	Dates: YearFirst,
}

// preset is the one whose program a file is from; false if none is.
func preset(headings []string) (Preset, bool) {
	low := make([]string, len(headings))
	for i, h := range headings {
		low[i] = strings.ToLower(h)
	}
	for _, p := range Presets {
		if !slices.ContainsFunc(p.Must, func(h string) bool { return !slices.Contains(low, h) }) {
			return p, true
		}
	}
	return Preset{}, false
}

// called is the preset of this key that has most of the headings.
func called(key string, headings []string) (best Preset, known bool) {
	most := -1
	for _, p := range Presets {
		if p.Key != key {
			continue
		}
		n := 0
		for _, h := range headings {
			if _, ok := p.Columns[strings.ToLower(h)]; ok {
				n++
			}
		}
		if n > most {
			best, known, most = p, true, n
		}
	}
	return best, known
}

// complete guesses of a file's settings what is not said.
func complete(set Settings, t sheet.Table) Settings {
	p, known := called(set.Source, t.Headings)
	if set.Source == "" {
		if p, known = preset(t.Headings); known {
			set.Source = p.Key
		}
	}
	if len(set.Columns) != len(t.Headings) {
		set.Columns = make([]Field, len(t.Headings))
		for i, h := range t.Headings {
			f, of := p.Columns[strings.ToLower(h)]
			if !known || !of {
				f = words[plain(h)]
			}
			if slices.Contains(repeated, f) || !slices.Contains(set.Columns[:i], f) {
				set.Columns[i] = f
			}
		}
		if set.has(Name) { // one name is enough
			for i, f := range set.Columns {
				if f == FirstName || f == LastName {
					set.Columns[i] = LeftOut
				}
			}
		}
	}
	if set.Dates == "" {
		set.Dates = order(t, set.Columns, p.Dates)
	}
	return set
}
