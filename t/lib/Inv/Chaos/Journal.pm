package Inv::Chaos::Journal;

# What the clients have asked and been told: one line for each time that a
# request was sent.  Small and quick to write, since clients share the machine
# with what they test.

use strict;
use warnings;

# request: a name, the same for all its attempts.  keyed: none, whole (one
# Idempotency-Key) or lines (a key for each line of a batch).  lines: what is
# asked, "product:type:delta" each.  status: 0 when no answer came, error tells
# why.  left: the client meant to hang up.  worker: the process that answered.
# replayed: of an earlier answer.  floor: it is a read, which must show at least
# this version; all others are writes.
my @FIELDS = qw(request trace keyed batch lines port began ended status worker
    replayed left floor error body);

sub new {
    my ($class, $path) = @_;
    open my $out, '>', $path or die "$path: $!\n";
    return bless { out => $out, path => $path }, $class;
}

sub write {
    my ($self, %attempt) = @_;
    $attempt{lines} = join ' ',
        map { join ':', @{$_}{qw(product type delta)} } @{ $attempt{lines} };
    print { $self->{out} }
        join("\t", map { _escaped($attempt{$_} // '') } @FIELDS), "\n";
    return;
}

sub close {
    my ($self) = @_;
    CORE::close $self->{out} or die "$self->{path}: $!\n";
    return;
}

sub _escaped {
    my ($text) = @_;
    $text =~ s/([\\\t\n])/sprintf '\\%02x', ord $1/ge;
    return $text;
}

# All attempts in a file.
sub read {
    my ($class, $path) = @_;
    my @attempts;
    open my $in, '<', $path or die "$path: $!\n";
    while (my $line = <$in>) {
        chomp $line;
        my %attempt;
        @attempt{@FIELDS} = map { s/\\([0-9a-f]{2})/chr hex $1/ger }
            split /\t/, $line, -1;
        $attempt{lines} = [
            map {
                my %line;
                @line{qw(product type delta)} = split /:/;
                \%line;
            } split / /, $attempt{lines}
        ];
        push @attempts, \%attempt;
    }
    return @attempts;
}

1;
