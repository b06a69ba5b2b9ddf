// Package draw is what computes in the studio: a jobs.Runner over the model.
//
// A [Runner] opens one model, at the first job or when it is warmed, and keeps
// it, so that the second job begins at once. One job uses the device at a time;
// others wait for it, or for the end of their context. The model is that of a
// folder in diffusers' layout, or the small one that the program carries.
//
// What a person can mend is a studio.Error in both languages: a picture that
// shows nothing, a concept of another model, too little memory. Everything else
// is an error for the log.
package draw
