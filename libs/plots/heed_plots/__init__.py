"""What the pictures of all services are drawn with: paper, pens, colours, a Chinese font, numbers for people."""
