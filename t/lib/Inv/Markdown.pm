package Inv::Markdown;

# What a page of documentation is made of, as far as tests look at it: headings,
# links, and blocks of code, fenced or indented.

use strict;
use warnings;

# file: below root, which is the checkout.
sub new {
    my ($class, $root, $file) = @_;
    open my $in, '<:encoding(UTF-8)', "$root/$file" or die "$file: $!\n";
    my @lines = <$in>;
    chomp @lines;
    my $self = bless { root => $root, file => $file }, $class;
    $self->_read(@lines);
    return $self;
}

sub file     { my ($self) = @_; return $self->{file} }
sub headings { my ($self) = @_; return @{ $self->{headings} } }
sub links    { my ($self) = @_; return @{ $self->{links} } }

# {line, language and file (of a fence: ```c src/x.c; else ''), text, heading} each.
sub blocks { my ($self) = @_; return @{ $self->{blocks} } }

# The names that a link may have behind its `#`: those that GitHub makes.
sub anchors {
    my ($self) = @_;
    my (%count, @anchors);
    for my $heading ($self->headings) {
        my $name = anchor_of($heading->{text});
        my $n = $count{$name}++;
        push @anchors, $n ? "$name-$n" : $name;
    }
    return @anchors;
}

sub anchor_of {
    my ($text) = @_;
    $text =~ s/\[([^]]*)\]\([^)]*\)/$1/g;
    $text = lc $text;
    $text =~ s/[^\w\- ]//g;
    $text =~ tr/ /-/;
    return $text;
}

sub _read {
    my ($self, @lines) = @_;
    @{$self}{qw(headings links blocks)} = ([], [], []);
    my ($fence, $block, $heading, $before) = (undef, undef, '', '');
    my $n = 0;

    for my $line (@lines) {
        $n++;
        if (defined $fence) {
            if ($line =~ /^\s*\Q$fence\E\s*$/) {
                $self->_add($block);
                ($fence, $block) = ();
            } else {
                $block->{text} .= "$line\n";
            }
        } elsif ($line =~ /^\s*(```+|~~~+)\s*(\S*)\s*(\S*)/) {
            $self->_add($block);
            $fence = $1;
            $block = _block($n, $heading, $2);
            $block->{file} = $3;
        } elsif ($block) {
            if ($line =~ /^(?: {4}(.*)|\s*)$/) {
                $block->{text} .= ($1 // '') . "\n";
            } else {
                $self->_add($block);
                $block = undef;
                $heading = $self->_prose($n, $line) // $heading;
            }
        } elsif ($line =~ /^ {4}(.*)$/ && $before eq '') {
            $block = _block($n, $heading, '', "$1\n");
        } else {
            $heading = $self->_prose($n, $line) // $heading;
        }
        $before = $line;
    }
    die "$self->{file}: a fence is not closed\n" if defined $fence;
    $self->_add($block);
    return;
}

sub _block {
    my ($line, $heading, $language, $text) = @_;
    return {
        line     => $line,
        heading  => $heading,
        language => $language,
        file     => '',
        text     => $text // '',
    };
}

sub _add {
    my ($self, $block) = @_;
    return if !$block;
    $block->{text} =~ s/\n+\z/\n/;
    push @{ $self->{blocks} }, $block;
    return;
}

# A line that is no code.  The text of a heading, else nothing.
sub _prose {
    my ($self, $n, $line) = @_;
    if ($line =~ /^(#+)\s+(.*?)\s*$/) {
        push @{ $self->{headings} },
            { line => $n, level => length $1, text => $2 };
        return $2;
    }
    $line =~ s/`[^`]*`//g;
    while ($line =~ /\]\(([^)\s]+)\)/g) {
        push @{ $self->{links} }, { line => $n, target => $1 };
    }
    return;
}

1;
