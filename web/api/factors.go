package api

import (
	"context"
	"encoding/json"
	"net/http"

	"guildhall/internal/auth"
	"guildhall/internal/clock"
	"guildhall/internal/id"
)

// Factors are what one has beside a password.
type Factors struct {
	AuthenticatorSince *clock.Instant `json:"authenticator_since,omitempty"`
	RecoveryCodesLeft  int            `json:"recovery_codes_left"`
	Passkeys           []Passkey      `json:"passkeys"`
	Required           bool           `json:"required" doc:"Owners, managers and the front desk must have a second factor here."`
}

// Passkey is a key on one's device.
type Passkey struct {
	ID        id.ID          `json:"id"`
	Name      string         `json:"name"`
	CreatedAt clock.Instant  `json:"created_at"`
	UsedAt    *clock.Instant `json:"used_at,omitempty"`
}

// AuthenticatorSetup is what an authenticator app needs.
type AuthenticatorSetup struct {
	Secret string `json:"secret" doc:"To type by hand."`
	URL    string `json:"url" doc:"otpauth://, to scan."`
}

// RecoveryCodes are shown once; none where there were some already.
type RecoveryCodes struct {
	RecoveryCodes []string `json:"recovery_codes"`
}

// PasskeyAsk is what a device is asked, and the token that goes back with its answer.
type PasskeyAsk struct {
	Token   string          `json:"token"`
	Options json.RawMessage `json:"options" doc:"CredentialCreationOptions, bytes as base64url."`
}

type codeInput struct {
	Caller
	Body struct {
		Code string `json:"code" maxLength:"64"`
	}
}

type passkeyInput struct {
	Caller
	Body struct {
		Token  string         `json:"token" maxLength:"500"`
		Name   string         `json:"name" maxLength:"500"`
		Answer map[string]any `json:"answer" doc:"What the device answered, bytes as base64url."`
	}
}

type passkeyNameInput struct {
	Caller
	ID   id.ID `path:"id"`
	Body struct {
		Name string `json:"name" maxLength:"500"`
	}
}

func ifAny(t clock.Instant) *clock.Instant {
	if t.IsZero() {
		return nil
	}
	return &t
}

func some(codes []string, err error) (*body[RecoveryCodes], error) {
	return said(RecoveryCodes{append([]string{}, codes...)}), err
}

// factors has the addresses of the second factor.
func (a *API) factors() {
	register(a, "account.prove", http.MethodGet, "/auth/factors", "One's second factors", http.StatusOK,
		func(ctx context.Context, in *anyInput) (*body[Factors], error) {
			f, err := a.Auth.Factors(ctx, in.who.by)
			if err != nil {
				return nil, err
			}
			required, err := a.Auth.FactorRequired(ctx)
			keys := each(f.Passkeys, func(k auth.Passkey) Passkey {
				return Passkey{ID: k.ID, Name: k.Name, CreatedAt: k.CreatedAt, UsedAt: ifAny(k.UsedAt)}
			})
			return said(Factors{AuthenticatorSince: ifAny(f.Authenticator), RecoveryCodesLeft: f.Recovery, Passkeys: keys, Required: required}), err
		})
	register(a, "account.enrol", http.MethodPost, "/auth/authenticator", "Begin to set up an authenticator", http.StatusOK,
		func(ctx context.Context, in *anyInput) (*body[AuthenticatorSetup], error) {
			setup, err := a.Auth.BeginAuthenticator(ctx, in.who.by)
			return said(AuthenticatorSetup(setup)), err
		})
	register(a, "account.enrol", http.MethodPost, "/auth/authenticator/confirm", "Turn the authenticator on with its first code", http.StatusOK,
		func(ctx context.Context, in *codeInput) (*body[RecoveryCodes], error) {
			return some(a.Auth.FinishAuthenticator(ctx, in.who.by, in.Body.Code))
		})
	register(a, "account.factor", http.MethodDelete, "/auth/authenticator", "Remove the authenticator", http.StatusNoContent,
		func(ctx context.Context, in *anyInput) (*nothing, error) {
			return nil, a.Auth.RemoveAuthenticator(ctx, in.who.by)
		})
	register(a, "account.factor", http.MethodPost, "/auth/recovery-codes", "Make new recovery codes in the place of those before", http.StatusOK,
		func(ctx context.Context, in *anyInput) (*body[RecoveryCodes], error) {
			return some(a.Auth.NewRecoveryCodes(ctx, in.who.by))
		})
	register(a, "account.enrol", http.MethodPost, "/auth/passkeys/options", "Begin to make a passkey", http.StatusOK,
		func(ctx context.Context, in *anyInput) (*body[PasskeyAsk], error) {
			ask, err := a.Auth.BeginPasskey(ctx, in.who.by)
			return said(PasskeyAsk(ask)), err
		})
	register(a, "account.enrol", http.MethodPost, "/auth/passkeys", "Add the passkey that the device has made", http.StatusOK,
		func(ctx context.Context, in *passkeyInput) (*body[RecoveryCodes], error) {
			answer, err := json.Marshal(in.Body.Answer)
			if err != nil {
				return nil, err
			}
			return some(a.Auth.FinishPasskey(ctx, in.who.by, in.Body.Token, in.Body.Name, answer))
		})
	register(a, "account.security", http.MethodPatch, "/auth/passkeys/{id}", "Rename a passkey", http.StatusNoContent,
		func(ctx context.Context, in *passkeyNameInput) (*nothing, error) {
			return nil, a.Auth.RenamePasskey(ctx, in.who.by, in.ID, in.Body.Name)
		})
	register(a, "account.factor", http.MethodDelete, "/auth/passkeys/{id}", "Remove a passkey", http.StatusNoContent,
		func(ctx context.Context, in *idInput) (*nothing, error) {
			return nil, a.Auth.RemovePasskey(ctx, in.who.by, in.ID)
		})
}
