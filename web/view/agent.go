package view

import "strings"

// What browsers and systems write of themselves, the more particular first: nearly all
// claim to be Safari as well.
var (
	browsers = [][2]string{
		{"MicroMessenger/", "WeChat"}, {"Edg/", "Edge"}, {"EdgA/", "Edge"}, {"OPR/", "Opera"}, {"SamsungBrowser/", "Samsung Internet"},
		{"Firefox/", "Firefox"}, {"FxiOS/", "Firefox"}, {"CriOS/", "Chrome"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"}, {"curl/", "curl"},
	}
	systems = [][2]string{
		{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"Windows", "Windows"}, {"CrOS", "ChromeOS"}, {"Macintosh", "Mac"}, {"Linux", "Linux"},
	}
)

func named(list [][2]string, agent string) string {
	for _, l := range list {
		if strings.Contains(agent, l[0]) {
			return l[1]
		}
	}
	return ""
}

// AgentName is what a person calls the browser that says of itself that it is agent.
func AgentName(f Frame, agent string) string { return agentName(f, agent) }

// agentName says in a few words which program signed in, and on what.
func agentName(f Frame, agent string) string {
	browser, system := named(browsers, agent), named(systems, agent)
	switch {
	case browser != "" && system != "":
		return f.T("account.sessions.agent", "Browser", browser, "System", system)
	case browser != "" || system != "":
		return browser + system
	}
	return f.T("account.sessions.unknown")
}

// agentIcon is the sign of a phone or of a screen.
func agentIcon(agent string) string {
	switch named(systems, agent) {
	case "iPhone", "Android":
		return "phone"
	}
	return "monitor"
}
