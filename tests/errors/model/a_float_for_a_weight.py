from tieout.model import Piece

Piece(weight_g=500.0)
