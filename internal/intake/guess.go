package intake

import (
	"slices"
	"strings"

	"guildhall/internal/i18n"
	"guildhall/internal/sheet"
)

// words are what a column may be headed, in a plain writing: our own names for the
// fields, those that our export writes in either language, and what spreadsheets
// usually say.
var words = headings()

func headings() map[string]Field {
	all := map[string]Field{}
	for _, f := range Fields {
		all[plain(string(f))] = f
	}
	for key, f := range map[string]Field{
		"people.name": Name, "people.email": Email, "people.phone": Phone, "people.locale": Locale, "people.role": Role,
		"people.plan": Plan, "people.certifications": Certifications,
	} {
		for _, l := range i18n.Locales {
			all[plain(i18n.For(l).T(key))] = f
		}
	}
	for f, usual := range map[Field]string{
		Name:           "full name,member,member name,display name,person,姓名,名字,全名,会员,会员姓名",
		FirstName:      "first,given name,forename,名",
		LastName:       "last,surname,family name,姓,姓氏",
		Email:          "e-mail,mail,email address,e-mail address,邮箱,电子邮箱,电子邮件,邮件,电邮",
		Phone:          "telephone,mobile,mobile phone,phone number,tel,cell,电话,手机,手机号,手机号码,联系电话",
		Address:        "postal address,home address,mailing address,street,street address,address line 1,address line 2,zip,zip code,postcode,postal code,city,town,country,地址,住址,联系地址,通讯地址,邮寄地址,街道,邮编,邮政编码,城市",
		Locale:         "language,语言",
		Role:           "角色,身份",
		Plan:           "membership,membership plan,plan name,subscription,tariff,membership type,会员方案,方案,套餐,会员类型",
		PlanStart:      "start date,plan start,membership start,starts on,valid from,subscription start,开始日期,生效日期,起始日期",
		PlanEnd:        "end date,plan end,membership end,ends on,valid until,expires,expiry,expiry date,expiration date,subscription end date,到期日,到期日期,结束日期,截止日期",
		Certifications: "trainings,training,inductions,certificates,qualifications,操作认证,认证,培训,资质",
		PlanRenews:     "renews,renews on,renewal,renewal date,next renewal,next invoice,next invoice date,next payment,paid until,续费日期,续期日期,下次续费,下次扣款",
		Birthday:       "birth date,birthdate,date of birth,dob,born,born on,birthday,生日,出生日期",
		Tags:           "tag,labels,label,标签",
		Badge:          "badge number,badge no,card,card number,fob,rfid,access card,卡号,门禁卡,门禁卡号,工牌号",
		Note:           "notes,staff notes,comment,comments,remarks,internal notes,备注,员工备注",
		JoinedOn:       "joined,joined at,join date,member since,registration date,registered,created at,加入日期,注册日期,入会日期",
		ExternalID:     "id,external id,member id,user id,member number,membership number,customer id,编号,会员编号,会员号",
	} {
		for _, w := range strings.Split(usual, ",") {
			if _, taken := all[plain(w)]; !taken {
				all[plain(w)] = f
			}
		}
	}
	return all
}

// plain is a heading without what people write in two ways: capitals, spaces, dashes, dots.
func plain(s string) string {
	return strings.NewReplacer(" ", "", "_", "", "-", "", ".", "", ":", "", "*", "", "：", "", "\u3000", "").Replace(strings.ToLower(strings.TrimSpace(s)))
}

// order is how a file writes its dates: as some cell of it shows (a 13 is no month),
// or else as otherwise says, or else with the day first.
func order(t sheet.Table, columns []Field, otherwise Dates) Dates {
	day, month, year := false, false, false
	for at, f := range columns {
		if !slices.Contains(Days, f) {
			continue
		}
		for _, r := range t.Rows {
			if at >= len(r.Cells) {
				continue
			}
			parts, yearFirst := numbers(r.Cells[at])
			if len(parts) != 3 {
				continue
			}
			year = year || yearFirst
			day = day || !yearFirst && parts[0] > 12
			month = month || !yearFirst && parts[1] > 12
		}
	}
	switch {
	case month && !day:
		return MonthFirst
	case day && !month:
		return DayFirst
	case otherwise != "":
		return otherwise
	case year:
		return YearFirst
	}
	return DayFirst
}
