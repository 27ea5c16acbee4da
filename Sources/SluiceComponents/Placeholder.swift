// SluiceComponents
