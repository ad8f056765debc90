package auth

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strings"
)

// errUnsealed says that none of the keys opens a sealed text.
var errUnsealed = errors.New("auth: sealed with a key that is not here")

// seal encrypts what must be read again, so that a copy of the database alone gives no
// secret away. about is bound to it: a text sealed for one person opens for no other.
func (k Keys) seal(text, about string) (string, error) {
	aead, err := k[0].aead()
	if err != nil {
		return "", err
	}
	nonce := make([]byte, aead.NonceSize())
	rand.Read(nonce)
	return k[0].ID + "." + base64.RawURLEncoding.EncodeToString(aead.Seal(nonce, nonce, []byte(text), []byte(about))), nil
}

// open is what was sealed, by whichever of the keys.
func (k Keys) open(sealed, about string) (string, error) {
	kid, text, _ := strings.Cut(sealed, ".")
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return "", err
	}
	for _, key := range k {
		if key.ID != kid {
			continue
		}
		aead, err := key.aead()
		if err != nil || len(raw) < aead.NonceSize() {
			return "", errors.Join(errUnsealed, err)
		}
		plain, err := aead.Open(nil, raw[:aead.NonceSize()], raw[aead.NonceSize():], []byte(about))
		return string(plain), err
	}
	return "", errUnsealed
}

func (k Key) aead() (cipher.AEAD, error) {
	derived, err := hkdf.Key(sha256.New, k.secret, nil, "guildhall seal", 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(derived)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}
