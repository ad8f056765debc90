// Package arch holds the picture of the house: who may know whom, and the few
// things that nobody does. It is only a test, which reads the source; whoever
// wants to change the picture changes it there, in the same commit.
package arch
