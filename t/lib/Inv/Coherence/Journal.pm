package Inv::Coherence::Journal;

# What the clients have asked and been told: one line for each answer, in the
# order in which they came.  Times are of the monotonic clock, which all
# processes of a machine share; each is taken on the safe side: `began` before
# the request is sent, `ended` after the answer has been read.

use strict;
use warnings;

use Exporter qw(import);
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC);

our @EXPORT_OK = qw(now);

# is: r, a read, or w, a write.  kind: of it, e.g. get or purchase.  port,
# worker: who answered.  status: 0 where nobody did.  cache: Cache-Status.
#
# subject: what is written, "id=..."; what is read: "id=..." or "ids=a,b", a
# filter ("category=...", "word=...", "sku=..."), or nothing.  whole: of a list,
# that it is all of it, and that its order is not by what moves meanwhile.
# items: what the answer shows, [id, version, digest of its bytes] each.
# changes: of an edit: {member => value}, alive (1 or 0) for products that come
# or go.  odd: what is wrong with the answer by itself.
my @FIELDS = qw(is kind port worker began ended status cache subject whole
    items changes odd);

sub now { return clock_gettime(CLOCK_MONOTONIC) }

sub new {
    my ($class, $path) = @_;
    open my $out, '>', $path or die "$path: $!\n";
    return bless { out => $out, path => $path }, $class;
}

sub write {
    my ($self, %line) = @_;
    $line{$_} = sprintf '%.9f', $line{$_} for qw(began ended);
    $line{items} = join ',', map { join ':', @{$_} } @{ $line{items} // [] };
    $line{changes} = join ',',
        map {"$_=$line{changes}{$_}"} sort keys %{ $line{changes} // {} };
    print { $self->{out} } join("\t", map { $_ // '' } @line{@FIELDS}), "\n";
    return;
}

sub close {
    my ($self) = @_;
    CORE::close $self->{out} or die "$self->{path}: $!\n";
    return;
}

# Calls each(line) for all lines of a file, of reads or of writes only.
sub each_line {
    my ($class, $path, $is, $each) = @_;
    open my $in, '<', $path or die "$path: $!\n";
    while (my $text = <$in>) {
        next if substr($text, 0, 1) ne $is;
        chomp $text;
        my %line;
        @line{@FIELDS} = split /\t/, $text, -1;
        $line{items} = [ map { [ split /:/, $_, -1 ] } split /,/, $line{items} ];
        $line{changes} = { map { split /=/, $_, 2 } split /,/, $line{changes} };
        $each->(\%line);
    }
    return;
}

1;
