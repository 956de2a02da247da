package Inv::AccessLog;

# The access log as README has it: its format, and the lines of a file as data.

use strict;
use warnings;

use Cwd qw(abs_path);
use Encode ();
use File::Basename qw(dirname);
use JSON::PP;

use Inv::Markdown;
use Inv::Process qw(wait_until);

my $json = JSON::PP->new->utf8;
my $traces = 0;

sub new {
    my ($class, $file) = @_;
    return bless { file => $file }, $class;
}

# The maps and the log_format, as they stand there.
sub format {
    my ($block) = grep {/^log_format/m} blocks();
    return $block // die "README has no log_format\n";
}

# The blocks of its section "Logs".
sub blocks {
    my $root = $ENV{TEST_ROOT}
        // dirname(dirname(dirname(dirname(abs_path(__FILE__)))));
    return map { $_->{text} } grep { ($_->{heading} // '') eq 'Logs' }
        Inv::Markdown->new($root, 'README.md')->blocks;
}

# A trace of its own for a request: (its id, the header).
sub trace {
    my $id = sprintf '%08x%024x', $$, ++$traces;
    return ($id, traceparent => "00-$id-00f067aa0ba902b7-01");
}

sub lines {
    my ($self) = @_;
    open my $in, '<:raw', $self->{file} or return;
    my @lines = <$in>;
    return grep {/\n\z/} @lines;
}

# The line with that trace, as data; undef: there is none, in time.
sub of {
    my ($self, $trace) = @_;
    my ($line) = $self->all($trace, 1);
    return $line;
}

# At least so many lines with that trace.
sub all {
    my ($self, $trace, $n) = @_;
    my @found;
    wait_until(
        sub {
            @found = grep {/"traceId":"\Q$trace\E"/} $self->lines;
            return @found >= $n;
        }
    );
    return map { $json->decode($_) } @found;
}

# Those that are no JSON, or not UTF-8.
sub bad {
    my ($self) = @_;
    return grep {
        my $line = $_;
        !eval { $json->decode($line) }
            || !eval { Encode::decode('UTF-8', $line, Encode::FB_CROAK); 1 }
    } $self->lines;
}

1;
