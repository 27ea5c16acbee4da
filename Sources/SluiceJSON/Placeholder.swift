// SluiceJSON
